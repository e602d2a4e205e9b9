package contracts

import "fmt"

// flatten lists fields at any depth: records' members, and the members of arrays' and maps' records.
func flatten(path, prefix string, fields []Field) []PathField {
	var all []PathField
	for i, f := range fields {
		at := fmt.Sprintf("%s[%d]", path, i)
		all = append(all, PathField{Field: f, Name: prefix + f.Name, Path: at})
		all = append(all, flattenMembers(at, prefix+f.Name, f)...)
	}
	return all
}

func flattenMembers(at, name string, f Field) []PathField {
	var all []PathField
	if len(f.Fields) > 0 {
		all = append(all, flatten(at+".fields", name+".", f.Fields)...)
	}
	if f.Items != nil {
		all = append(all, flattenMembers(at+".items", name, f.Items.Field)...)
	}
	if f.Values.Of != nil {
		all = append(all, flattenMembers(at+".values", name, f.Values.Of.Field)...)
	}
	return all
}
