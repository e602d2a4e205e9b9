package contracts

import (
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"regexp"
	"slices"
	"strings"

	"github.com/weftmesh/weft/internal/schemas"
)

var numeric = []schemas.Kind{schemas.Int, schemas.Long, schemas.Float, schemas.Double, schemas.Decimal}

// constraints checks limits, patterns and defaults against the field's type.
func (d *derivation) constraints(at string, f Field, t schemas.Type) {
	d.bounds(at, f, t)
	if f.Pattern != "" {
		switch _, err := regexp.Compile(f.Pattern); {
		case t.Kind != schemas.String:
			d.problem(at+".pattern", RuleField, fmt.Sprintf("field %s is of type %s; a pattern is for strings", f.Name, t), "Leave pattern out.")
		case err != nil:
			d.problem(at+".pattern", RuleField, fmt.Sprintf("field %s: the pattern is no regular expression: %s", f.Name, strings.TrimPrefix(err.Error(), "error parsing regexp: ")), "Use RE2's syntax, in single quotes.")
		}
	}
	if f.Format != "" && t.Kind != schemas.String {
		d.problem(at+".format", RuleField, fmt.Sprintf("field %s is of type %s; a format is for strings", f.Name, t), "Leave format out.")
	}
	if f.Default != nil {
		if why := defaultFault(f.Default, f, t); why != "" {
			d.problem(at+".default", RuleField, fmt.Sprintf("field %s: default %v %s", f.Name, shown(f.Default), why), "Write a default of the field's type, or leave it out.")
		}
	}
}

func shown(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		return fmt.Sprint(value)
	}
	if runes := []rune(string(text)); len(runes) > 60 {
		return string(runes[:60]) + "..."
	}
	return string(text)
}

func (d *derivation) bounds(at string, f Field, t schemas.Type) {
	var limits []*big.Rat
	for _, b := range []struct{ path, text string }{{".min", f.Min}, {".max", f.Max}} {
		if b.text == "" {
			continue
		}
		n, ok := new(big.Rat).SetString(b.text)
		switch {
		case !slices.Contains(numeric, t.Kind):
			d.problem(at+b.path, RuleField, fmt.Sprintf("field %s is of type %s; min and max are for numbers", f.Name, t), "Leave it out, or write a quality check.")
		case !ok || len(b.text) > 60:
			d.problem(at+b.path, RuleField, fmt.Sprintf("field %s: %s %q is not a number", f.Name, b.path[1:], b.text), "Write a number.")
		default:
			limits = append(limits, n)
		}
	}
	if len(limits) == 2 && limits[0].Cmp(limits[1]) > 0 {
		d.problem(at+".min", RuleField, fmt.Sprintf("field %s: min %s is greater than max %s", f.Name, f.Min, f.Max), "Swap them.")
	}
}

// defaultFault says what keeps a value from being the default of a type; "" for nothing.
func defaultFault(value any, f Field, t schemas.Type) string {
	symbol, text := value.(string)
	switch fits, possible := defaults[t.Kind]; {
	case !possible:
		return fmt.Sprintf("is not possible for type %s", t.Kind)
	case !fits(value):
		return "does not fit its type " + t.String()
	case t.Kind == schemas.Enum && text && !slices.Contains(f.Values.Symbols, symbol):
		return "is not one of its values"
	}
	return ""
}

// defaults tell of each kind that can have a default whether a value fits it.
var defaults = map[schemas.Kind]func(any) bool{
	schemas.String: is[string], schemas.UUID: is[string], schemas.Enum: is[string], schemas.Boolean: is[bool],
	schemas.Int: func(v any) bool {
		n, whole := v.(int64)
		return whole && n >= math.MinInt32 && n <= math.MaxInt32
	},
	schemas.Long: is[int64], schemas.Date: is[int64], schemas.Time: is[int64], schemas.Timestamp: is[int64],
	schemas.Float: isNumber, schemas.Double: isNumber,
	schemas.Array: func(v any) bool { items, list := v.([]any); return list && len(items) == 0 },
	schemas.Map:   func(v any) bool { members, object := v.(map[string]any); return object && len(members) == 0 },
}

func is[T any](v any) bool {
	_, ok := v.(T)
	return ok
}

func isNumber(v any) bool { return is[int64](v) || is[float64](v) }

// limits checks numbers of the SLA that could not be meant.
func (d *derivation) limits() {
	for _, path := range []string{"sla.freshness", "sla.retention", "sla.latency.p50", "sla.latency.p95", "sla.latency.p99"} {
		values := map[string]Duration{
			"sla.freshness": d.p.SLA.Freshness, "sla.retention": d.p.SLA.Retention,
			"sla.latency.p50": d.p.SLA.Latency.P50, "sla.latency.p95": d.p.SLA.Latency.P95, "sla.latency.p99": d.p.SLA.Latency.P99,
		}
		if d.p.Has(path) && values[path] == 0 && !d.faulty(path) {
			d.problem(path, RuleField, path+" is zero, which nothing can keep", "Write how long, as in 30s.")
		}
	}
}

// faulty reports whether a problem stands at the place of a path already.
func (d *derivation) faulty(path string) bool { return d.faultAt(d.p.At(path)) }
