-- Campaign funnel: how many people each campaign reached, how many opened it, how many clicked.
--
-- One row a campaign that was sent: campaign_id, campaign, channel, sent_at (UTC), delivered, opened, clicked
-- (people, each counted once), open_rate, click_rate (percent of delivered; null if nobody was reached). Opens
-- include those that mail programs make by themselves. SMS has no opens.
with reached as (
  select
    e.message_id,
    count(distinct e.profile_id)
      filter (where m.name in ('Received Email', 'Received SMS', 'Received Push')) as delivered,
    count(distinct e.profile_id) filter (where m.name in ('Opened Email', 'Opened Push')) as opened,
    count(distinct e.profile_id) filter (where m.name in ('Clicked Email', 'Clicked SMS')) as clicked
  from event_v2 as e
  join metric_v2 as m on m.id = e.metric_id
  where e.flow_id is null
  group by 1
)
select
  c.id as campaign_id,
  c.name as campaign,
  c.channel,
  c.send_time as sent_at,
  coalesce(r.delivered, 0) as delivered,
  coalesce(r.opened, 0) as opened,
  coalesce(r.clicked, 0) as clicked,
  round(100.0 * r.opened / nullif(r.delivered, 0), 1) as open_rate,
  round(100.0 * r.clicked / nullif(r.delivered, 0), 1) as click_rate
from campaign_v2 as c
left join reached as r on r.message_id = c.id
where c.status = 'Sent'
order by sent_at desc, campaign_id;
