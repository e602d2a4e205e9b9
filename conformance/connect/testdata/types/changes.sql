INSERT INTO types_default (id) VALUES (3);
INSERT INTO types_default VALUES (4, 32767, -9223372036854775808, -0.0001, 'NaN', -1, 'NaN', '-Infinity', -0.01, '', '', '', false, '1969-12-31', '00:00:00', '00:00:00', '00:00:00+00', '1969-12-31 23:59:59.999999', '1969-12-31 23:59:59.999', '1969-12-31 23:59:59', '1969-12-31 23:59:59.999999+00', '-1 day', '00000000-0000-0000-0000-000000000000', 'null', '[]', '', '{}', '{}', '{}', '{}', 'sad', '{}', 1, '::1', '::/0', '00:00:00:00:00:00', B'0', B'00000000', B'', 'empty', '(,)', '(0,0)', '<b/>', 0, 'x');
INSERT INTO types_default (id, c_date, c_ts, c_tstz) VALUES (5, 'infinity', 'infinity', '-infinity'), (6, '0001-01-01', '9999-12-31 23:59:59.999999', '2024-06-30 23:59:59+00');
INSERT INTO types_default (id, c_date, c_ts, c_int_arr) VALUES (7, '0044-03-15 BC', '0044-03-15 12:00:00 BC', '{{1,2},{3,4}}');
UPDATE types_default SET c_text = 'upd', c_numeric = 99.9900 WHERE id = 2;
UPDATE types_default SET id = 30 WHERE id = 3;             -- primary key change: d + tombstone + c
DELETE FROM types_default WHERE id = 4;                    -- d + tombstone
UPDATE types_default SET c_text = c_text WHERE id = 1;      -- no-op update
INSERT INTO types_full (id, c_text, c_bool) VALUES (2, 'two', true);
UPDATE types_full SET c_text = 'uno', c_jsonb = '{"z":1}' WHERE id = 1;
UPDATE types_full SET id = 20 WHERE id = 2;
DELETE FROM types_full WHERE id = 1;
