-- public.measures
CREATE TABLE measures (at double precision PRIMARY KEY, value int);
