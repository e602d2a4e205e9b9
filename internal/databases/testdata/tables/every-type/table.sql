-- public.every_type
CREATE TYPE mood AS ENUM ('so so', 'happy');
CREATE TYPE colour AS ENUM ('red', 'null', 'yes');
CREATE TYPE pair AS (a int, b int);
CREATE DOMAIN price AS numeric(12, 2) NOT NULL CHECK (VALUE >= 0);
CREATE DOMAIN net_price AS price;
CREATE TABLE every_type (
  id uuid PRIMARY KEY,
  a_smallint smallint, an_integer integer, a_bigint bigint, an_oid oid,
  a_real real, a_double double precision, a_boolean boolean, a_bit bit, bits bit(8), bits_to bit varying(8),
  a_numeric numeric, a_numeric_2 numeric(12, 2), a_numeric_40 numeric(40, 2), a_numeric_neg numeric(5, -2), a_numeric_small numeric(3, 5),
  a_numeric_fine numeric(100, 50), some_money money, a_price price, a_net_price net_price,
  a_text text, a_varchar varchar(20), a_char char(3), a_name name, some_bytes bytea, some_xml xml,
  a_json json, a_jsonb jsonb,
  a_date date, a_time time, a_time_3 time(3), a_timetz timetz, a_timestamp timestamp, a_timestamp_6 timestamp(6), a_timestamptz timestamptz, an_interval interval,
  an_inet inet, a_cidr cidr, a_macaddr macaddr, a_point point, a_box box, a_tsvector tsvector, an_lsn pg_lsn,
  an_int4range int4range, a_tstzrange tstzrange, a_multirange int4multirange,
  a_mood mood, a_colour colour DEFAULT 'red', a_pair pair,
  ints int[], texts text[], numerics numeric(10, 3)[], prices price[], colours colour[], moods mood[], matrix int[][], pairs pair[], uuids uuid[], times timestamptz[],
  generated int GENERATED ALWAYS AS (an_integer * 2) STORED
);
