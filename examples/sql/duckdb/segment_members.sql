-- Members of each segment now.
--
-- One row a segment: segment_id, segment, members, last_joined (UTC). A segment that nobody is in has 0.
--
-- Klaviyo does not tell who left. Whoever is still a member has the latest read_at of the whole table; an older one
-- is left on those who have gone since. So ask after a sync that ended well. Who has left since max(read_at), the
-- begin of the last whole read, may still be counted. It is the latest of the table, not of each segment: one that
-- all have left has no row with it.
select
  g.id as segment_id,
  g.name as segment,
  count(distinct m.profile_id) as members,
  max(m.joined_group_at) as last_joined
from segment_v2 as g
left join profile_segment_v2 as m
  on m.segment_id = g.id
  and m.read_at = (select max(read_at) from profile_segment_v2)
group by 1, 2
order by members desc, segment_id;
