package values

// OIDs of the types that every PostgreSQL has (pg_type.dat).
const (
	oidBool, oidBytea, oidChar, oidName, oidInt8, oidInt2, oidInt4, oidText, oidOID, oidInt2vector, oidOidvector = 16, 17, 18, 19, 20, 21, 23, 25, 26, 22, 30

	oidJSON, oidXML, oidPoint, oidLseg, oidPath, oidBox, oidPolygon, oidLine = 114, 142, 600, 601, 602, 603, 604, 628
	oidCIDR, oidFloat4, oidFloat8, oidCircle, oidMacaddr8, oidMoney          = 650, 700, 701, 718, 774, 790
	oidMacaddr, oidInet, oidBpchar, oidVarchar, oidDate, oidTime             = 829, 869, 1042, 1043, 1082, 1083
	oidTimestamp, oidTimestamptz, oidInterval, oidTimetz, oidBit, oidVarbit  = 1114, 1184, 1186, 1266, 1560, 1562
	oidNumeric, oidUUID, oidTSVector, oidJSONB                               = 1700, 2950, 3614, 3802
	oidInt4range, oidNumrange, oidTsrange, oidTstzrange                      = 3904, 3906, 3908, 3910
	oidDaterange, oidInt8range                                               = 3912, 3926
)
