-- What became of each message. The bytes stand last: whoever lists entries does not read past them.
create table journal_anew (
    number      integer primary key,
    channel     text not null,
    control_id  text not null,
    digest      blob not null,
    received    integer not null,
    reused      integer not null,
    status      text not null,
    settled     integer not null default 0,  -- 0: not yet
    swept       integer not null default 0,  -- 1: the bytes were taken away; 2: not ripe when the sweep came by
    origin      integer not null default 0,  -- the entry that this one corrects
    wrote_after integer not null default 0,  -- positions of the ledger: what it made lies in (wrote_after, wrote_until]
    wrote_until integer not null default 0,
    atoms       integer not null default 0,
    kept        integer not null default 0,
    dropped     integer not null default 0,
    residue     integer not null default 0,
    data_key    integer not null default 0,
    operator    text,
    reason      text,
    kind        text,
    type        text,
    place       text,
    remarks     text,
    answer      blob not null,
    bytes       blob not null
);
insert into journal_anew (number, channel, control_id, digest, received, reused, status, settled, data_key, answer, bytes)
    select number, channel, control_id, digest, received, reused, status, case status when 'received' then 0 else received end,
           data_key, answer, bytes from journal;
drop table journal;
alter table journal_anew rename to journal;
create unique index journal_key on journal (channel, control_id, digest);
create index journal_channel on journal (channel);
-- Nearly all are answered: only the others are worth an index.
create index journal_unlike on journal (status, channel) where status <> 'answered';
create index journal_unripe on journal (settled) where swept = 2;
