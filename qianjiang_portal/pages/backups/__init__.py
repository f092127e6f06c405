"""Backups that are only believed after they have been restored once, and the way back from one."""
