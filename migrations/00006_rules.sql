-- +goose Up
-- Adds columns with constant defaults and new tables: locks job_center, case_worker, interview_option and held_time for the time of
-- a few catalogue changes each, and rewrites none.
-- Rules of availability. All are off until somebody sets them.

alter table job_center
    -- When nobody holds meetings: the holy days of Denmark, and four days that are days off at some workplaces.
    add column closed_on_public_holidays boolean not null default false,
    add column closed_on_labour_day boolean not null default false,
    add column closed_on_constitution_day boolean not null default false,
    add column closed_on_christmas_eve boolean not null default false,
    add column closed_on_new_years_eve boolean not null default false,
    -- Null = never: case workers whose calendar was last known longer ago are withheld.
    add column stale_after_minutes int check (stale_after_minutes > 0),
    -- Of two case workers with equally many meetings that day, take the one with fewer that week.
    add column spread_by_week boolean not null default false;

create table closing_day (
    job_center_code text not null references job_center (code),
    on_date         date not null,
    -- Why, for people; never shown to citizens.
    note            text not null default '',
    primary key (job_center_code, on_date)
);

alter table case_worker
    -- Null = no limit.
    add column max_per_day int check (max_per_day > 0),
    add column competences text[] not null default '{}';

-- Hours on one date, in place of the weekly ones; start = end says that the case worker is off. Danish wall clock.
create table working_hours_exception (
    case_worker_id uuid not null references case_worker (id) on delete cascade,
    on_date        date not null,
    start_minute   smallint not null check (start_minute between 0 and 1440),
    end_minute     smallint not null check (end_minute between 0 and 1440),
    check (start_minute <= end_minute),
    primary key (case_worker_id, on_date, start_minute)
);

-- On a weekday (1 = Monday … 7, 0 = every day) that has rows, the case worker holds only meetings of these contact types.
create table case_worker_contact (
    case_worker_id uuid not null references case_worker (id) on delete cascade,
    weekday        smallint not null check (weekday between 0 and 7),
    contact_type   int not null,
    primary key (case_worker_id, weekday, contact_type)
);

create table team (
    id              uuid primary key,
    job_center_code text not null references job_center (code),
    name            text not null check (length(name) between 1 and 200),
    unique (job_center_code, name)
);

create table team_member (
    team_id        uuid not null references team (id) on delete cascade,
    case_worker_id uuid not null references case_worker (id) on delete cascade,
    primary key (team_id, case_worker_id)
);
create index team_member_case_worker on team_member (case_worker_id);

-- The members of a team hold the option's meetings, beside those named one by one.
create table interview_option_team (
    interview_option_id uuid not null references interview_option (id) on delete cascade,
    team_id             uuid not null references team (id) on delete cascade,
    primary key (interview_option_id, team_id)
);
create index interview_option_team_team on interview_option_team (team_id);

alter table interview_option
    add column buffer_before_minutes int not null default 0 check (buffer_before_minutes between 0 and 120),
    add column buffer_after_minutes int not null default 0 check (buffer_after_minutes between 0 and 120),
    -- Per case worker and Danish day; null = no limit.
    add column max_per_day int check (max_per_day > 0),
    -- More than one: a group meeting.
    add column seats int not null default 1 check (seats between 1 and 1000),
    -- Contact types whose meetings need one of the job centre's rooms.
    add column room_contact_types int[] not null default '{}',
    -- Those who hold the meetings must have all of these.
    add column competences text[] not null default '{}';

-- Who holds an option's meetings, active or not.
create view interview_option_holder as
select l.interview_option_id, l.case_worker_id
from interview_option_case_worker l
join interview_option o on o.id = l.interview_option_id
join case_worker w on w.id = l.case_worker_id
where o.competences <@ w.competences
union
select t.interview_option_id, m.case_worker_id
from interview_option_team t
join team_member m on m.team_id = t.team_id
join interview_option o on o.id = t.interview_option_id
join case_worker w on w.id = m.case_worker_id
where o.competences <@ w.competences;

alter table held_time
    -- How much of "during" lies before and after the meeting itself.
    add column buffer_before_minutes int not null default 0,
    add column buffer_after_minutes int not null default 0,
    -- Of a seat in a group meeting; made from option, case worker and start. Seats are not exclusive: among themselves they share
    -- the time, and what keeps others away is that whoever takes time has locked the case worker and looks.
    add column group_id uuid;

-- The seats of a group meeting, numbered, so that no seat is given twice whatever the code does.
create table group_seat (
    held_time_id uuid primary key references held_time (id) on delete cascade,
    group_id     uuid not null,
    seat         int not null check (seat > 0),
    interview_option_id uuid not null references interview_option (id),
    contact_type int not null,
    constraint group_seat_once unique (group_id, seat)
);

-- A room of a job centre. All are alike: a meeting gets any that is free.
create table room (
    id              uuid primary key,
    job_center_code text not null references job_center (code),
    name            text not null check (length(name) between 1 and 200),
    active          boolean not null default true,
    unique (job_center_code, name)
);

-- A room in use by a reservation or booking, and freed with it. Holder is the held time, or the group meeting of which it is a seat:
-- the seats share the room.
create table room_hold (
    held_time_id uuid primary key references held_time (id) on delete cascade,
    room_id      uuid not null references room (id),
    holder       uuid not null,
    during       tstzrange not null check (not isempty(during)),
    constraint room_hold_no_overlap exclude using gist (room_id with =, during with &&, holder with <>)
);

-- STAR's code lists with the time that each code is valid, as imported.
create table code_list_entry (
    list        text not null check (length(list) between 1 and 100),
    code        int not null,
    name        text not null,
    -- First and last day; null = open.
    valid_from  date,
    valid_to    date check (valid_to >= valid_from),
    primary key (list, code)
);

-- +goose Down
drop table code_list_entry, room_hold, room, group_seat;
alter table held_time drop column group_id, drop column buffer_after_minutes, drop column buffer_before_minutes;
drop view interview_option_holder;
alter table interview_option drop column competences, drop column room_contact_types, drop column seats, drop column max_per_day,
    drop column buffer_after_minutes, drop column buffer_before_minutes;
drop table interview_option_team, team_member, team, case_worker_contact, working_hours_exception;
alter table case_worker drop column competences, drop column max_per_day;
drop table closing_day;
alter table job_center drop column spread_by_week, drop column stale_after_minutes, drop column closed_on_new_years_eve,
    drop column closed_on_christmas_eve, drop column closed_on_constitution_day, drop column closed_on_labour_day,
    drop column closed_on_public_holidays;
