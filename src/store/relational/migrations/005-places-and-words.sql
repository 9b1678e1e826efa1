-- Places, for near: low = latitude, high = longitude, in degrees.
create table ix_position (
    field integer not null, low real not null, high real not null, rid integer not null, grp integer not null,
    primary key (field, low, high, rid, grp)
) without rowid;
create index ix_position_rid on ix_position (rid, field);

-- Running text, for _text and _content, and the index of its words. The text comes as words between single spaces, folded; every
-- byte from 0x80 on is a letter of a word. Whoever writes the one table writes the other (index_rows.cpp).
create table ix_words (id integer primary key, rid integer not null, field integer not null, grp integer not null, text text not null);
create index ix_words_rid on ix_words (rid, field);
create virtual table ix_words_index using fts5(text, content = 'ix_words', content_rowid = 'id', tokenize = 'ascii');
