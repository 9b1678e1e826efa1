-- Messages on their way out, how far each destination has followed the ledger, and which channel brought a stretch of the ledger.
create table outbox (
    number      integer primary key autoincrement,
    destination text not null,
    lane        text not null,
    position    integer not null,
    subject     text not null,
    kind        text not null,
    control_id  text not null,
    made        integer not null,
    due         integer not null,
    attempts    integer not null default 0,
    status      text not null,
    reason      text not null default '',
    answer      blob not null default x'',
    data_key    integer not null default 0,
    bytes       blob not null
);
create index outbox_status on outbox (destination, status, number);
create index outbox_due on outbox (destination, status, due);
create table outbox_cursor (destination text primary key, position integer not null) without rowid;
create table origin (last integer primary key, first integer not null, channel text not null);
