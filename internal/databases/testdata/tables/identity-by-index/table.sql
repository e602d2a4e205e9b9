-- public.stock
CREATE TABLE stock (
  article text NOT NULL,
  place text NOT NULL UNIQUE,
  quantity int NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX stock_article ON stock (article);
ALTER TABLE stock REPLICA IDENTITY USING INDEX stock_article;
