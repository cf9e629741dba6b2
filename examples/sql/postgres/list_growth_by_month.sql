-- List growth by month: who joined each list when, and how many of them are still there.
--
-- One row a list and month (UTC) in which somebody joined: list_id, list, month, joined, still_members, members.
-- The last one is the running total of still_members: today's members who had joined by the end of that month. It is
-- not how many there were then, as Klaviyo does not tell when somebody left. Who leaves and joins again counts by the
-- last time. Joined counts those who are known to have left, too, unless your target deletes their rows.
with memberships as (
  select distinct on (list_id, profile_id)
    list_id,
    profile_id,
    date_trunc('month', joined_group_at)::date as month,
    read_at = (select max(read_at) from profile_list_v2) as is_member
  from profile_list_v2
  order by list_id, profile_id, read_at desc, joined_group_at desc
),
joins as (
  select
    list_id,
    month,
    count(*) as joined,
    count(*) filter (where is_member) as still_members
  from memberships
  group by 1, 2
)
select
  j.list_id,
  l.name as list,
  j.month,
  j.joined,
  j.still_members,
  sum(j.still_members) over (partition by j.list_id order by j.month) as members
from joins as j
left join list_v2 as l on l.id = j.list_id
order by j.list_id, j.month;
