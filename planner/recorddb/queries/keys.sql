-- name: SealedColumns :many
-- Every column that holds something sealed, by its name; views and what Postgres keeps for itself aside.
select c.relname::text as table_name, a.attname::text as column_name
from pg_catalog.pg_attribute a join pg_catalog.pg_class c on c.oid = a.attrelid
where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace and a.atttypid = 'bytea'::regtype
    and a.attname::text like '%\_sealed' and not a.attisdropped
order by 1, 2;
