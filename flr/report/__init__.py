"""What people and programs get: text, JSON, CSV, page, PDF, pictures and label maps."""
