package registry

import (
	"testing"
)

// Whatever `_schemas` holds, it is read to its end.
func FuzzLog(f *testing.F) {
	for _, record := range [][2]string{
		{`{"keytype":"SCHEMA","subject":"a-value","version":1,"magic":1}`, `{"subject":"a-value","version":1,"id":1,"schema":"\"string\"","deleted":false}`},
		{`{"keytype":"SCHEMA","subject":"a-value","version":1,"magic":1}`, ``},
		{`{"keytype":"CONFIG","subject":null,"magic":0}`, `{"compatibilityLevel":"FULL"}`},
		{`{"keytype":"MODE","subject":":.ctx:a","magic":0}`, `{"mode":"READONLY"}`},
		{`{"keytype":"DELETE_SUBJECT","subject":"a-value","magic":0}`, `{"subject":"a-value","version":1}`},
		{`{"keytype":"CLEAR_SUBJECT","subject":"a-value","magic":0}`, `{}`},
		{`{"keytype":"NOOP","magic":0}`, `{}`},
		{`[]`, `null`},
		{``, ``},
	} {
		f.Add([]byte(record[0]), []byte(record[1]))
	}
	f.Fuzz(func(t *testing.T, key, value []byte) {
		s := newState()
		s.apply(entry{key: []byte(`{"keytype":"SCHEMA","subject":"a-value","version":1,"magic":1}`), value: []byte(`{"subject":"a-value","version":1,"id":7,"schema":"\"int\""}`)})
		if len(value) == 0 {
			value = nil // a tombstone
		}
		s.apply(entry{key: key, value: value})
		s.apply(entry{key: key, value: value}) // applying twice is applying once
		for _, subject := range s.names("", true) {
			for _, v := range s.versions(subject, true) {
				if s.maxID[contextOf(subject)] < v.ID {
					t.Errorf("id %d of %s is above the highest that was given, %d", v.ID, subject, s.maxID[contextOf(subject)])
				}
			}
		}
	})
}

// Judging any two schemas ends; a schema can read what was written with itself.
func FuzzAvroCompatibility(f *testing.F) {
	for _, pair := range [][2]string{
		{`"int"`, `"long"`},
		{`{"type":"record","name":"A","fields":[{"name":"a","type":"int"}]}`, `{"type":"record","name":"A","fields":[]}`},
		{`["null","string"]`, `"string"`},
		{`{"type":"enum","name":"E","symbols":["a"]}`, `{"type":"enum","name":"E","symbols":["b"]}`},
		{`{"type":"record","name":"A","fields":[{"name":"next","type":["null","A"]}]}`, `{"type":"record","name":"A","fields":[{"name":"next","type":["null","A"]}]}`},
		{`{"type":"fixed","name":"F","size":4}`, `{"type":"array","items":"bytes"}`},
		{`int`, ``},
		{`[]`, `{`},
	} {
		f.Add(pair[0], pair[1])
	}
	f.Fuzz(func(t *testing.T, reader, writer string) {
		r, w := parsed{text: reader}, parsed{text: writer}
		if _, err := (avroFormat{}).problems(r, w); err != nil {
			return
		}
		for _, p := range []parsed{r, w} {
			if found, err := (avroFormat{}).problems(p, p); err != nil || len(found) > 0 {
				t.Errorf("%s cannot read itself: %v %v", p.text, found, err)
			}
			if _, err := (avroFormat{}).canonical(p.text, nil); err != nil {
				t.Errorf("%s is read, and has no canonical form: %v", p.text, err)
			}
		}
	})
}

func FuzzJSONSchema(f *testing.F) {
	f.Add(`{"type":"object"}`)
	f.Add(`true`)
	f.Add(`{"a":1,"a":2}`)
	f.Fuzz(func(t *testing.T, text string) {
		if canonical, err := (jsonFormat{}).canonical(text, nil); err == nil {
			if again, err := (jsonFormat{}).canonical(canonical, nil); err != nil || again != canonical {
				t.Errorf("%q has the canonical form %q, and that %q (%v)", text, canonical, again, err)
			}
		}
	})
}
