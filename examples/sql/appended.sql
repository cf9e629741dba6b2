-- The newest version of each row, for tables that rows are appended to. PostgreSQL and DuckDB.
--
-- Here the tables are in the schema klaviyo, and the views go into klaviyo_latest; change both to yours. Then ask with
-- both schemas on the search path, klaviyo_latest first. The tables of members need no view: their questions count
-- everybody once. Singer targets write _sdc_batched_at where Airbyte writes _airbyte_extracted_at.
create schema if not exists klaviyo_latest;

create or replace view klaviyo_latest.profile_v2 as
select distinct on (id) * from klaviyo.profile_v2 order by id, _airbyte_extracted_at desc;

create or replace view klaviyo_latest.event_v2 as
select distinct on (id) * from klaviyo.event_v2 order by id, _airbyte_extracted_at desc;

create or replace view klaviyo_latest.metric_v2 as
select distinct on (id) * from klaviyo.metric_v2 order by id, _airbyte_extracted_at desc;

create or replace view klaviyo_latest.list_v2 as
select distinct on (id) * from klaviyo.list_v2 order by id, _airbyte_extracted_at desc;

create or replace view klaviyo_latest.segment_v2 as
select distinct on (id) * from klaviyo.segment_v2 order by id, _airbyte_extracted_at desc;

create or replace view klaviyo_latest.flow_v2 as
select distinct on (id) * from klaviyo.flow_v2 order by id, _airbyte_extracted_at desc;

create or replace view klaviyo_latest.campaign_v2 as
select distinct on (id) * from klaviyo.campaign_v2 order by id, _airbyte_extracted_at desc;
