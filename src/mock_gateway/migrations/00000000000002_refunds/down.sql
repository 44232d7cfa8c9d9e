DROP TABLE refunds;
ALTER TABLE charges DROP COLUMN amount_refunded;
