-- +goose Up
-- Adds columns with constant defaults, one foreign key on a table of a few hundred rows, and small tables: locks job_center, case_worker,
-- interview_option, team and room for the time of a few catalogue changes each, and rewrites none.

-- What an editor read: whoever saves over a newer one is told so. Counted up by every change of the row and of what hangs on it.
alter table job_center add column version int not null default 1;
alter table team add column version int not null default 1;
alter table room add column version int not null default 1;
alter table case_worker
    add column version int not null default 1,
    -- The last Danish day on which they hold meetings; null for one who stays. "active" goes when it has passed.
    add column last_day date;

-- A job centre's defaults to make options from. The fields are read as a whole only: JSON of roster.Spec.
create table option_template (
    id              uuid primary key,
    job_center_code text not null references job_center (code),
    name            text not null check (length(name) between 1 and 200),
    spec            jsonb not null,
    version         int not null default 1,
    unique (job_center_code, name)
);

alter table interview_option
    add column version int not null default 1,
    -- What the option is a variant of.
    add column template_id uuid references option_template (id) on delete set null;
create index interview_option_template on interview_option (template_id) where template_id is not null;

-- +goose Down
alter table interview_option drop column template_id, drop column version;
drop table option_template;
alter table case_worker drop column last_day, drop column version;
alter table room drop column version;
alter table team drop column version;
alter table job_center drop column version;
