ALTER TABLE webhook_endpoints DROP COLUMN sequence, DROP COLUMN description, DROP COLUMN metadata;
