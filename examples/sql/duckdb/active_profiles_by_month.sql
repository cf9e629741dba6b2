-- Active profiles by month: people who did something, and how many of them bought.
--
-- One row a month (UTC): month, active_profiles, buyers. What is done to people (messages that arrive, bounce or are
-- dropped) makes nobody active. Events whose person is unknown count for nobody.
select
  date_trunc('month', e.datetime)::date as month,
  count(distinct e.profile_id) as active_profiles,
  count(distinct e.profile_id) filter (where m.name = 'Placed Order') as buyers
from event_v2 as e
join metric_v2 as m on m.id = e.metric_id
where m.name not like 'Received %'
  and m.name not like 'Bounced %'
  and m.name not like 'Dropped %'
  and m.name not like 'Failed to %'
group by 1
order by month;
