# One source and one connection for each Klaviyo account, on a self-managed Airbyte that has the image as a custom
# connector (docs/airbyte.md). For version 1 of Airbyte's provider.

terraform {
  required_providers {
    airbyte = {
      source  = "airbytehq/airbyte"
      version = "~> 1.0"
    }
  }
}

variable "workspace_id" {
  type = string
}

variable "destination_id" {
  type = string
}

variable "definition_id" {
  type        = string
  description = "Of the custom connector: in the address of its page under Settings, Sources."
}

variable "accounts" {
  description = "By name: how far back the first sync goes, and the minute of the hour that syncs begin in."
  type        = map(object({ start_date = string, minute = number }))
  default = {
    shop   = { start_date = "2026-01-01", minute = 7 }
    outlet = { start_date = "2026-01-01", minute = 22 }
  }
}

variable "api_keys" {
  description = "By the same names: private keys with the read scopes of SECURITY.md."
  type        = map(string)
  sensitive   = true
}

locals {
  # What has a cursor is read by it and merged on its key. The rest is read whole and put in the place of what was.
  streams = {
    profile_v2                       = "incremental_deduped_history"
    event_v2                         = "incremental_deduped_history"
    metric_v2                        = "full_refresh_overwrite"
    list_v2                          = "incremental_deduped_history"
    segment_v2                       = "incremental_deduped_history"
    profile_list_v2                  = "incremental_deduped_history"
    profile_segment_v2               = "incremental_deduped_history"
    flow_v2                          = "incremental_deduped_history"
    flow_action_v2                   = "incremental_deduped_history"
    flow_messages_v2                 = "incremental_deduped_history"
    campaign_v2                      = "incremental_deduped_history"
    campaign_utm_param_v2            = "full_refresh_overwrite"
    audience_included_v2             = "full_refresh_overwrite"
    audience_excluded_v2             = "full_refresh_overwrite"
    campaign_messages_v2             = "full_refresh_overwrite"
    campaign_message_template_v2     = "full_refresh_overwrite"
    campaign_message_send_time_v2    = "full_refresh_overwrite"
    campaign_recipient_estimation_v2 = "full_refresh_overwrite"
  }
}

resource "airbyte_source" "klaviyo" {
  for_each      = var.accounts
  name          = "Klaviyo ${each.key}"
  workspace_id  = var.workspace_id
  definition_id = var.definition_id

  configuration = jsonencode({
    api_key    = var.api_keys[each.key]
    start_date = each.value.start_date
  })

  # More is of no use: at Klaviyo's limit a sync takes one core at most, and some 250 MB.
  resource_allocation = {
    default = {
      cpu_request    = "0.2"
      cpu_limit      = "1"
      memory_request = "256Mi"
      memory_limit   = "512Mi"
    }
  }
}

resource "airbyte_connection" "klaviyo" {
  for_each       = var.accounts
  name           = "Klaviyo ${each.key}"
  source_id      = airbyte_source.klaviyo[each.key].source_id
  destination_id = var.destination_id

  namespace_definition                 = "custom_format"
  namespace_format                     = "klaviyo_${each.key}"
  non_breaking_schema_updates_behavior = "propagate_columns"

  schedule = {
    schedule_type   = "cron"
    cron_expression = "0 ${each.value.minute} * * * ? UTC"
  }

  configurations = {
    streams = [for name, mode in local.streams : { name = name, sync_mode = mode }]
  }
}
