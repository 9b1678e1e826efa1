-- What the rows of a parameter were made by, and how far they reach. meaning: null when nobody noted it (before this
-- column), '' when the parameter was not in use the last time. filled: null when every resource has its rows, else only
-- resources written since and those up to this rid have them.
alter table parameter add column meaning text;
alter table parameter add column filled integer;
