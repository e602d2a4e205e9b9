-- public.boxes
CREATE TABLE boxes (id pg_lsn PRIMARY KEY, value int);
