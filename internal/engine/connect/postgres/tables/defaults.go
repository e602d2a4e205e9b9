package tables

import (
	"regexp"
	"slices"
	"strings"

	"github.com/weftmesh/weft/internal/engine/connect/data"
	"github.com/weftmesh/weft/internal/engine/connect/postgres/values"
)

// generated are the texts which stand for a default that a function makes, by the name of the type. Types that are not
// here have no default in a schema, as in Debezium's PostgresDefaultValueConverter.
var generated = map[string]string{
	"bit": "00", "varbit": "0", "bool": "f", "bpchar": "", "varchar": "", "text": "", "numeric": "0", "float4": "0", "float8": "0",
	"int2": "0", "int4": "0", "int8": "0", "json": "{}", "jsonb": "{}", "xml": "", "uuid": "00000000-0000-0000-0000-000000000000",
	"date": "1970-01-01", "time": "00:00:00", "timestamp": "1970-01-01 00:00:00", "timestamptz": "1970-01-01 00:00:00+00", "interval": "00:00:00",
}

var (
	literal  = regexp.MustCompile(`'([^']*(?:''[^']*)*)'`)
	function = regexp.MustCompile(`^[(]?[A-Za-z0-9_.]+\((?:.+(?:, ?.+)*)?\)`)
	clocks   = []string{"current_timestamp", "current_time", "current_date", "localtime", "localtimestamp"}
)

// fallback is the packed default of a column, as its schema has it; nil: none, or one that only the server can work out.
func fallback(c *Column, conversion values.Conversion) []byte {
	placeholder, ok := generated[c.Type.Name]
	if c.Default == "" || !ok && len(c.Type.Labels) == 0 || conversion.Schema.Kind == data.Struct {
		return nil
	}
	text, ok := literalOf(strings.TrimSpace(c.Default), placeholder, len(c.Type.Labels) > 0)
	if !ok {
		return nil
	}
	switch c.Type.Name {
	case "bool":
		text = text[:min(1, len(text))]
	case "timestamp":
		text = completed(text, "")
	case "timestamptz":
		text = completed(text, "+00")
	}
	packed, err := conversion.Append(nil, []byte(text))
	if err != nil {
		return nil
	}
	return packed
}

func literalOf(expression, placeholder string, enum bool) (string, bool) {
	switch {
	case strings.HasPrefix(expression, "NULL"):
		return "", false
	case !enum && (function.MatchString(expression) || slices.Contains(clocks, strings.ToLower(expression))):
		return placeholder, true
	}
	if match := literal.FindStringSubmatch(expression); match != nil {
		return strings.ReplaceAll(match[1], "''", "'"), true
	}
	return expression, !enum && !strings.ContainsRune(expression, '\'')
}

// completed gives a default that is a day alone its midnight, and an offset if it has none.
func completed(text, offset string) string {
	if len(text) == len("2006-01-02") {
		text += " 00:00:00"
	}
	if offset != "" && len(text) > 10 && !strings.ContainsAny(text[10:], "+-") {
		text += offset
	}
	return text
}
