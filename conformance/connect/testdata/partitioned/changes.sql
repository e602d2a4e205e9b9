INSERT INTO events VALUES (3, 'eu', 'c'), (4, 'us', 'd');
UPDATE events SET v = 'e' WHERE id = 3;
UPDATE events SET region = 'us' WHERE id = 3;
DELETE FROM events WHERE id = 4;
CREATE TABLE events_ap PARTITION OF events FOR VALUES IN ('ap');
INSERT INTO events VALUES (5, 'ap', 'f');
INSERT INTO readings VALUES ('2024-06-06', 2);
TRUNCATE events;
