-- Unsubscribes by list and month: who left a list by himself.
--
-- One row a month (UTC) and list: month, list_id, list, unsubscribes. Where list_id is null, the list is gone, and list
-- is what the event calls it. Klaviyo writes Unsubscribed from List where somebody leaves one list. Who unsubscribes
-- from all e-mail is in unsubscribes_by_campaign, and whoever a person or a program removes from a list is in neither.
select
  date_trunc('month', e.datetime)::date as month,
  l.id as list_id,
  coalesce(l.name, (e.event_properties ->> 'List')) as list,
  count(*) as unsubscribes
from event_v2 as e
join metric_v2 as m on m.id = e.metric_id
left join list_v2 as l on l.id = (e.event_properties ->> 'List')
where m.name = 'Unsubscribed from List'
group by 1, 2, 3
order by month, unsubscribes desc, list_id;
