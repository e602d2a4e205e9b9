package registry

// endpoints is the API (Confluent: Schema Registry API reference), by method and path.
func endpoints() map[string]endpoint {
	return map[string]endpoint{
		"GET /{$}":                 empty,
		"POST /{$}":                empty,
		"GET /master_available":    func(exchange) (any, error) { return map[string]bool{"master_available": true}, nil },
		"GET /v1/metadata/id":      clusterID,
		"GET /v1/metadata/version": func(exchange) (any, error) { return map[string]string{"version": "8.0.0", "commitId": "weft"}, nil },
		"GET /contexts":            contexts,

		"GET /schemas/types":             func(exchange) (any, error) { return []string{typeJSON, typeAvro}, nil },
		"GET /schemas":                   listSchemas,
		"GET /schemas/ids/{id}":          schemaByID,
		"GET /schemas/ids/{id}/schema":   schemaTextByID,
		"GET /schemas/ids/{id}/subjects": subjectsByID,
		"GET /schemas/ids/{id}/versions": versionsByID,

		"GET /subjects":                                           listSubjects,
		"POST /subjects/{subject}":                                lookUp,
		"DELETE /subjects/{subject}":                              deleteSubject,
		"GET /subjects/{subject}/versions":                        listVersions,
		"POST /subjects/{subject}/versions":                       registerSchema,
		"GET /subjects/{subject}/versions/{version}":              getVersion,
		"GET /subjects/{subject}/versions/{version}/schema":       getVersionText,
		"GET /subjects/{subject}/versions/{version}/referencedby": referencedBy,
		"DELETE /subjects/{subject}/versions/{version}":           deleteVersion,

		"POST /compatibility/subjects/{subject}/versions":           checkAll,
		"POST /compatibility/subjects/{subject}/versions/{version}": checkVersion,

		"GET /config":              getConfig,
		"PUT /config":              putConfig,
		"DELETE /config":           deleteConfig,
		"GET /config/{subject}":    getConfig,
		"PUT /config/{subject}":    putConfig,
		"DELETE /config/{subject}": deleteConfig,

		"GET /mode":              getMode,
		"PUT /mode":              putMode,
		"DELETE /mode":           deleteMode,
		"GET /mode/{subject}":    getMode,
		"PUT /mode/{subject}":    putMode,
		"DELETE /mode/{subject}": deleteMode,
	}
}

func empty(exchange) (any, error) { return struct{}{}, nil }

func clusterID(e exchange) (any, error) {
	return map[string]any{"scope": map[string]any{"path": []string{}, "clusters": map[string]string{"kafka-cluster": "weft", "schema-registry-cluster": e.registry.log.topic}}, "id": ""}, nil
}
