UPDATE toast_default SET n = 2 WHERE id = 1;                -- unchanged TOAST columns are not in the WAL
UPDATE toast_default SET big_text = 'short' WHERE id = 1;
DELETE FROM toast_default WHERE id = 1;
UPDATE toast_full SET n = 2 WHERE id = 1;                   -- old values come from the full before image
DELETE FROM toast_full WHERE id = 1;
