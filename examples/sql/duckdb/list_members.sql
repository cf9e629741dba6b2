-- Members of each list now.
--
-- One row a list: list_id, list, members, last_joined (UTC). A list that nobody is in has 0.
--
-- Klaviyo does not tell who left. Whoever is still a member has the latest read_at of the whole table; an older one
-- is left on those who have gone since. So ask after a sync that ended well. Who has left since max(read_at), the
-- begin of the last whole read, may still be counted. It is the latest of the table, not of each list: one that
-- all have left has no row with it.
select
  g.id as list_id,
  g.name as list,
  count(distinct m.profile_id) as members,
  max(m.joined_group_at) as last_joined
from list_v2 as g
left join profile_list_v2 as m
  on m.list_id = g.id
  and m.read_at = (select max(read_at) from profile_list_v2)
group by 1, 2
order by members desc, list_id;
