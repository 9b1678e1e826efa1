-- How far rows of a parameter reach, type by type: what stands here has none yet for some resources, or gets them anew.
create table filling (
    type      integer not null,
    parameter integer not null,  -- 0: all of them
    reached   integer not null,  -- resources up to this rid are done
    until     integer not null,  -- those behind it were written with all their rows
    done      integer not null default 0,
    total     integer,           -- resources; null: not counted yet
    answers   integer not null,  -- 1: searches go on meanwhile
    primary key (type, parameter)
) without rowid;
insert into filling (type, parameter, reached, until, answers)
    select t.id, p.id, p.filled, (select max(rid) from resource), 0 from parameter p, type t
    where p.filled is not null and exists (select 1 from resource);
alter table parameter drop column filled;
-- Types of resources that a parameter is read from, with spaces between; '*' = all. null: nobody noted it (before this column).
alter table parameter add column types text;
