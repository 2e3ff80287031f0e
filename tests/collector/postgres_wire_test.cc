// Statements and values in PostgreSQL's words.

#include "collector/store/postgres_wire.h"

#include <gtest/gtest.h>

namespace vdiwatch::collector {
namespace {

using namespace std::string_literals;

const Value kTypes[] = {Value(1), Value("text"), Value(Blob{"bytes"})};

TEST(PostgresWire, NumbersParametersInDollars) {
  EXPECT_EQ(InDollars("SELECT a FROM t WHERE b = ?2 AND c = ?1"),
            "SELECT a FROM t WHERE b = $2 AND c = $1");
}

TEST(PostgresWire, AsksForManyValuesAtOnce) {
  EXPECT_EQ(OverArray("SELECT a FROM t WHERE b = ?1 AND c = 2 ORDER BY a"),
            "SELECT a FROM t WHERE b = ANY ($1) AND c = 2 ORDER BY a");
}

TEST(PostgresWire, InsertsManyRowsAtOnce) {
  EXPECT_EQ(
      OverRows("INSERT INTO t (a, b, c, d) VALUES (?1, ?2, ?3, 0) ON CONFLICT DO NOTHING", kTypes),
      "INSERT INTO t (a, b, c, d) SELECT v.c1, v.c2, v.c3, 0 FROM "
      "unnest($1::bigint[], $2::text[], $3::bytea[]) v(c1, c2, c3) ON CONFLICT DO NOTHING");
}

TEST(PostgresWire, UpdatesManyRowsAtOnce) {
  EXPECT_EQ(OverRows("UPDATE t SET b = ?2, n = n + ?1 WHERE a = ?1 AND c < ?3", kTypes),
            "UPDATE t SET b = v.c2, n = n + v.c1 FROM unnest($1::bigint[], $2::text[], "
            "$3::bytea[]) v(c1, c2, c3) WHERE a = v.c1 AND c < v.c3");
}

TEST(PostgresWire, WritesNumbersInNetworkOrder) {
  EXPECT_EQ(Encode(Value(1)), "\0\0\0\0\0\0\0\1"s);
  EXPECT_EQ(Encode(Value(-2)), "\xff\xff\xff\xff\xff\xff\xff\xfe");
  EXPECT_EQ(Encode(Value(true)), Encode(Value(1)));
  EXPECT_EQ(DecodeInteger(Encode(Value(std::int64_t{-4'000'000'000}))), -4'000'000'000);
}

TEST(PostgresWire, ReadsNumbersOfEverySize) {
  EXPECT_EQ(DecodeInteger("\1"), 1);  // a bool
  EXPECT_EQ(DecodeInteger("\xff\xfe"), -2);
  EXPECT_EQ(DecodeInteger("\xff\xff\xff\xfe"), -2);
  EXPECT_EQ(DecodeInteger(""), 0);
  EXPECT_EQ(DecodeInteger("123"), 0);
}

TEST(PostgresWire, TextThatTheServerWouldRefuseIsMadeHarmless) {
  EXPECT_EQ(Encode(Value("gold „ä“ 𝄞")), "gold „ä“ 𝄞");
  EXPECT_EQ(Encode(Value(std::string_view("a\0b", 3))), "a?b");
  EXPECT_EQ(Encode(Value("\xc3")), "?");  // cut in the middle
  EXPECT_EQ(Encode(Value("\xe2\x82 and \xff")), "?? and ?");
  EXPECT_EQ(Encode(Value(Blob{std::string_view("\0\xff", 2)})), "\0\xff"s);  // bytes stay
}

TEST(PostgresWire, WritesAColumnAsAnArrayWithNulls) {
  const Value column[] = {Value(OrNull{"ab"}), Value(OrNull{""})};
  EXPECT_EQ(EncodeArray(column),
            "\0\0\0\1"s          // one dimension
            "\0\0\0\1"s          // with NULLs
            "\0\0\0\x19"s        // text
            "\0\0\0\2\0\0\0\1"s  // two elements from 1 on
            "\0\0\0\2"s
            "ab"s
            "\xff\xff\xff\xff"s);
}

}  // namespace
}  // namespace vdiwatch::collector
