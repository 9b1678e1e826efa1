-- Positions of the ledger whose version was taken away for good: a history passes over them.
create table forgotten (position integer primary key, rid integer not null);
create index forgotten_rid on forgotten (rid, position);
