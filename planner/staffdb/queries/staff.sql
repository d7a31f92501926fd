-- name: Accounts :many
select s.id, s.login, s.name, s.roles, s.all_job_centers, s.active, s.epoch, s.created_at, s.last_login_at,
    (s.password_hash is not null)::boolean as has_password,
    coalesce((select array_agg(j.job_center_code order by j.job_center_code) from staff_job_center j where j.staff_id = s.id), '{}')::text[] as job_centers
from staff s
order by s.name, s.login;

-- name: AccountByLogin :many
select s.id, s.login, s.name, s.roles, s.all_job_centers, s.active, s.epoch, s.created_at, s.last_login_at, s.password_hash,
    coalesce((select array_agg(j.job_center_code order by j.job_center_code) from staff_job_center j where j.staff_id = s.id), '{}')::text[] as job_centers
from staff s
where s.login = @login;

-- name: LoginByToken :many
select s.login
from staff_token t join staff s on s.id = t.staff_id
where t.token_hash = @token_hash and t.revoked_at is null and t.expires_at > @now and s.active;

-- name: NoteLogin :exec
update staff set last_login_at = @at::timestamptz where id = @id;

-- name: InsertAccount :execrows
insert into staff (id, login, name, roles, all_job_centers, created_at)
values (@id, @login, @name, @roles, @all_job_centers, @at)
on conflict (login) do nothing;

-- name: UpdateAccount :execrows
update staff set name = @name, roles = @roles, all_job_centers = @all_job_centers where id = @id;

-- name: DeleteJobCenters :exec
delete from staff_job_center where staff_id = @staff_id;

-- name: InsertJobCenters :exec
insert into staff_job_center (staff_id, job_center_code)
select @staff_id, unnest(@codes::text[]);

-- name: SetPassword :many
update staff set password_hash = @password_hash, epoch = epoch + 1 where id = @id returning login;

-- A closed account's tokens stay closed when it is opened again.
-- name: SetActive :many
with revoked as (
    update staff_token t set revoked_at = @at where t.staff_id = @id and t.revoked_at is null and not @active::boolean
)
update staff s set active = @active, epoch = epoch + 1 where s.id = @id and s.active <> @active returning s.login;

-- name: Tokens :many
select id, name, created_at, expires_at
from staff_token
where staff_id = @staff_id and revoked_at is null and expires_at > @now
order by created_at, id;

-- name: InsertToken :many
insert into staff_token (id, staff_id, name, token_hash, created_at, expires_at)
select @id, s.id, @name, @token_hash, @at, @expires_at from staff s where s.id = @staff_id and s.active
returning (select login from staff where staff.id = staff_token.staff_id)::text as login;

-- name: RevokeToken :many
update staff_token t set revoked_at = @at
from staff s
where s.id = t.staff_id and t.id = @id and t.staff_id = @staff_id and t.revoked_at is null
returning s.login;

-- name: Audit :exec
insert into audit_entry (at, actor, action, reason, before, after)
values (@at, @actor, @action, '', @before, @after);
