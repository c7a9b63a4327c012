"""The training core: knows torch, and nothing of databases, web pages or queues."""
