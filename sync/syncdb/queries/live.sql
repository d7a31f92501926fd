-- name: Glance :many
-- Nobody's word but Graph's may count, and the mailbox must be in use; one that is denied, missing or paused is withheld anyway.
select m.id, m.graph_user_id, m.paused_until, j.working_elsewhere_blocks,
    array(select o.event_id from outlook_event o where o.mailbox_id = m.id and o.event_id is not null
          union all select r.event_id from retired_event r where r.mailbox_id = m.id)::text[] as own,
    array(select b.item_id from busy_block b where b.case_worker_id = m.case_worker_id and b.source = 'graph'
            and b.starts_at < @span_end and b.ends_at > @span_start)::text[] as known
from mailbox m
join case_worker c on c.id = m.case_worker_id
join job_center j on j.code = c.job_center_code
where m.case_worker_id = @case_worker_id and m.state in ('new', 'active', 'held')
  and not exists (select from calendar_source s where s.case_worker_id = m.case_worker_id and s.source = 'kommuneklient');

-- name: PauseForThrottling :exec
update mailbox set paused_until = greatest(coalesce(paused_until, @until), @until) where id = @id;
