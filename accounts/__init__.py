"""Who and where: users, organizations, projects, credentials, sessions. The lowest of the domain apps."""
