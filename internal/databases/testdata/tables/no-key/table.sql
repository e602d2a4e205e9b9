-- public.log
CREATE TABLE log (line text, at timestamptz);
