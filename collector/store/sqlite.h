#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace vdiwatch::collector {

// Bytes for a BLOB column; empty ones become NULL.
struct Blob {
  std::string_view bytes;
};
// Text for a nullable TEXT column: NULL if it is empty.
struct OrNull {
  std::string_view text;
};

// The row a statement stands on, read from left to right. NULL reads as 0 or empty.
class Row {
 public:
  explicit Row(sqlite3_stmt* statement) : statement_(statement) {}
  std::int64_t Integer();
  std::string Text();  // of TEXT and BLOB alike
  Time At() { return FromUnix(Integer()); }
  std::optional<std::int64_t> MaybeInteger();
  std::optional<Time> MaybeAt();

 private:
  sqlite3_stmt* statement_;
  int next_ = 0;
};

// One prepared statement while it runs; what is bound must outlive it. A failed bind shows in Step.
class Statement {
 public:
  Statement(class Connection& connection, std::string_view sql);
  ~Statement();  // gives it back to its connection for the next use
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  template <class... Args>
  void BindAll(const Args&... args) {
    (Bind(args), ...);
  }
  Result<bool> Step();  // whether it stands on a row
  Row row() { return Row(statement_); }

 private:
  void Bind(std::int64_t value);
  void Bind(int value) { Bind(std::int64_t{value}); }
  void Bind(bool value) { Bind(std::int64_t{value}); }
  void Bind(Time value) { Bind(ToUnix(value)); }
  void Bind(std::string_view text);
  void Bind(const std::string& text) { Bind(std::string_view(text)); }
  void Bind(const char* text) { Bind(std::string_view(text)); }
  void Bind(Blob blob);
  void Bind(OrNull text);
  void Bind(std::nullptr_t);
  template <class T>
  void Bind(const std::optional<T>& value) {
    value ? Bind(*value) : Bind(nullptr);
  }
  void Remember(int code);

  Connection& connection_;
  std::string_view sql_;
  sqlite3_stmt* statement_ = nullptr;
  int bound_ = 0;
  int failure_ = 0;
};

// What a row reader answers: `Read` is a callable Row& -> T or Row& -> Result<T>.
template <class T>
struct Unwrapped {
  using type = T;
  static constexpr bool may_fail = false;
};
template <class T>
struct Unwrapped<Result<T>> {
  using type = T;
  static constexpr bool may_fail = true;
};
template <class Read>
using Reading = Unwrapped<std::invoke_result_t<Read&, Row&>>;
template <class Read>
using Answer = typename Reading<Read>::type;

struct SqlHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view sql) const { return std::hash<std::string_view>()(sql); }
};

// One connection to a database file. Keeps its statements prepared. One thread at a time.
class Connection {
 public:
  // The file must be there.
  static Result<std::unique_ptr<Connection>> Open(const std::filesystem::path& file);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Runs one statement and answers how many rows it changed.
  template <class... Args>
  Result<std::int64_t> Run(std::string_view sql, const Args&... args) {
    Statement statement(*this, sql);
    statement.BindAll(args...);
    RETURN_IF_ERROR(statement.Step());
    return Changed();
  }
  // Hands every row to `read` and collects what it answers.
  template <class Read, class... Args>
  Result<std::vector<Answer<Read>>> All(std::string_view sql, Read read, const Args&... args) {
    Statement statement(*this, sql);
    statement.BindAll(args...);
    std::vector<Answer<Read>> answers;
    while (true) {
      ASSIGN_OR_RETURN(bool more, statement.Step());
      if (!more) return answers;
      Row row = statement.row();
      if constexpr (Reading<Read>::may_fail) {
        ASSIGN_OR_RETURN(auto answer, read(row));
        answers.push_back(std::move(answer));
      } else {
        answers.push_back(read(row));
      }
    }
  }
  // The first row, or nothing.
  template <class Read, class... Args>
  Result<std::optional<Answer<Read>>> One(std::string_view sql, Read read, const Args&... args) {
    Statement statement(*this, sql);
    statement.BindAll(args...);
    ASSIGN_OR_RETURN(bool found, statement.Step());
    if (!found) return std::optional<Answer<Read>>();
    Row row = statement.row();
    if constexpr (Reading<Read>::may_fail) {
      ASSIGN_OR_RETURN(auto answer, read(row));
      return std::optional<Answer<Read>>(std::move(answer));
    } else {
      return std::optional<Answer<Read>>(read(row));
    }
  }
  // Several statements without parameters, or one that must not stay prepared (PRAGMA).
  Result<void> Script(const std::string& sql);

  const std::filesystem::path& file() const { return file_; }

 private:
  friend class Statement;
  Connection(std::filesystem::path file, sqlite3* handle) : file_(std::move(file)), db_(handle) {}
  std::int64_t Changed() const;
  Error Failure(int code) const;  // of the call that just failed

  std::filesystem::path file_;
  sqlite3* db_;
  std::unordered_map<std::string, std::vector<sqlite3_stmt*>, SqlHash, std::equal_to<>> idle_;
};

}  // namespace vdiwatch::collector
