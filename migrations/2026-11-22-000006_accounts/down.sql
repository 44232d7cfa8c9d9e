DROP TABLE staff_log;
DROP TABLE people;
