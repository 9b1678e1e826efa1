-- The first schema. Small integers stand for what repeats: types, search parameters, systems.
create table type (id integer primary key, name text not null unique);
create table parameter (id integer primary key, url text not null unique);
create table system (id integer primary key, uri text not null unique);

-- One row a resource: its current version, deleted ones included. rid is the ledger position of its first version, so
-- rows lie in the order of creation and what came after a position is told by one comparison.
create table resource (
    rid          integer primary key,
    type         integer not null,
    id           text not null,
    version      integer not null,
    last_updated integer not null,
    position     integer not null,
    change       integer not null,
    data_key     integer not null default 0,
    body         blob
);
create unique index resource_name on resource (type, id);
create index resource_live on resource (type) where change <> 2;
create index resource_time on resource (type, last_updated) where change <> 2;

-- Versions that are no longer current; position is that of the version.
create table history (
    position     integer primary key,
    rid          integer not null,
    version      integer not null,
    last_updated integer not null,
    change       integer not null,
    data_key     integer not null default 0,
    body         blob
);
create unique index history_version on history (rid, version);

create table ledger (
    position integer primary key,
    time     integer not null,
    type     integer not null,
    rid      integer not null,
    version  integer not null,
    change   integer not null,
    content  blob not null,
    hash     blob not null
);
create index ledger_type on ledger (type, position);

-- What resources are found by. field = type << 20 | parameter << 4 | component of a composite. The primary key serves the
-- search, the second index leads from a resource to its rows; both cover all columns.
create table ix_token (
    field integer not null, code text not null, rid integer not null, system integer not null, grp integer not null,
    primary key (field, code, rid, system, grp)
) without rowid;
create index ix_token_rid on ix_token (rid, field);

create table ix_string (
    field integer not null, code text not null, rid integer not null, text text not null, grp integer not null,
    primary key (field, code, rid, text, grp)
) without rowid;
create index ix_string_rid on ix_string (rid, field);

create table ix_uri (
    field integer not null, code text not null, rid integer not null, grp integer not null,
    primary key (field, code, rid, grp)
) without rowid;
create index ix_uri_rid on ix_uri (rid, field);

create table ix_reference (
    field integer not null, code text not null, rid integer not null, system integer not null, text text not null,
    grp integer not null,
    primary key (field, code, rid, system, text, grp)
) without rowid;
create index ix_reference_rid on ix_reference (rid, field);

create table ix_date (
    field integer not null, stop integer not null, start integer not null, rid integer not null, grp integer not null,
    primary key (field, stop, start, rid, grp)
) without rowid;
create index ix_date_rid on ix_date (rid, field);

create table ix_number (
    field integer not null, low real not null, high real not null, rid integer not null, grp integer not null,
    primary key (field, low, high, rid, grp)
) without rowid;
create index ix_number_rid on ix_number (rid, field);

create table ix_quantity (
    field integer not null, low real not null, high real not null, rid integer not null, system integer not null,
    code text not null, text text not null, grp integer not null,
    primary key (field, low, high, rid, system, code, text, grp)
) without rowid;
create index ix_quantity_rid on ix_quantity (rid, field);

-- Inbound messages. Of bytes that come again only the first are kept: digest tells.
create table journal (
    number     integer primary key,
    channel    text not null,
    control_id text not null,
    digest     blob not null,
    received   integer not null,
    reused     integer not null,
    status     text not null,
    answer     blob not null,
    data_key   integer not null default 0,
    bytes      blob not null
);
create unique index journal_key on journal (channel, control_id, digest);
create index journal_status on journal (status);

create table record (key text primary key, expires integer not null, value blob not null) without rowid;
create index record_expires on record (expires) where expires <> 0;
