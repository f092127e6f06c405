"""The audit log as auditors read it: what each action is called, who did what where, and the log as a file."""
