/*
 * schema.h: index/schema.sql as text, made by mk/store.mk.
 */
#ifndef INDEX_SCHEMA_H
#define INDEX_SCHEMA_H

extern const char schema_control[];
extern const char schema_partition[];

#endif
