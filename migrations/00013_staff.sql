-- +goose Up
-- Creates new tables only: waits for nothing, blocks nobody. Older code knows nothing of them.

-- Employees who may sign in to the pages. None is ever deleted: the audit trail names them.
create table staff (
    id              uuid primary key,
    -- Stands in the audit trail as 'staff:<login>', so it never changes.
    login           text not null unique check (login ~ '^[a-z0-9][a-z0-9._@-]{0,63}$'),
    name            text not null check (length(name) between 1 and 100),
    -- argon2id as a PHC string; null for one who has no password (yet).
    password_hash   text,
    roles           text[] not null check (roles <@ array['administrator', 'summoner', 'reader']),
    -- Acts for every job centre, also later ones; else for those of staff_job_center.
    all_job_centers boolean not null default false,
    active          boolean not null default true,
    -- Raised when sessions must end: a new password, a closed account.
    epoch           int not null default 1,
    created_at      timestamptz not null,
    last_login_at   timestamptz
);

create table staff_job_center (
    staff_id        uuid not null references staff (id),
    job_center_code text not null references job_center (code),
    primary key (staff_id, job_center_code)
);

-- Tokens with which programs act for an account.
create table staff_token (
    id         uuid primary key,
    staff_id   uuid not null references staff (id),
    -- What the token is for, in its owner's words.
    name       text not null check (length(name) between 1 and 100),
    -- SHA-256; the token itself has 130 random bits and is shown once.
    token_hash bytea not null unique check (length(token_hash) = 32),
    created_at timestamptz not null,
    expires_at timestamptz not null,
    revoked_at timestamptz
);
create index staff_token_staff on staff_token (staff_id);

-- +goose Down
drop table staff_token, staff_job_center, staff;
