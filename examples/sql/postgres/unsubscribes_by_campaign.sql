-- Unsubscribes by campaign and month: which message people unsubscribed from marketing in.
--
-- One row a month (UTC), metric, and campaign or flow: month, metric, campaign_id, campaign, flow_id, flow,
-- unsubscribes. Without a campaign and a flow, it was done elsewhere: on a preference page, in a shop, by a program.
-- The metric is Unsubscribed from Email Marketing or from SMS Marketing; in older events, Unsubscribed.
select
  date_trunc('month', e.datetime)::date as month,
  m.name as metric,
  case when e.flow_id is null then e.message_id end as campaign_id,
  case when e.flow_id is null then coalesce(c.name, e.campaign_name) end as campaign,
  e.flow_id,
  f.name as flow,
  count(*) as unsubscribes
from event_v2 as e
join metric_v2 as m on m.id = e.metric_id
left join campaign_v2 as c on c.id = e.message_id
left join flow_v2 as f on f.id = e.flow_id
where m.name like 'Unsubscribed%' and m.name <> 'Unsubscribed from List'
group by 1, 2, 3, 4, 5, 6
order by month, metric, unsubscribes desc, campaign_id, flow_id;
