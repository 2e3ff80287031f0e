#pragma once

#include <cassert>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace vdiwatch {

// Why the outside world failed us; a closed list, so that one table maps it to HTTP and exit codes.
enum class ErrorKind { kInvalid, kDenied, kNotFound, kConflict, kUnavailable, kInternal };

// A failure as a value. The message names the thing and the reason, in one line for a person.
struct Error {
  ErrorKind kind = ErrorKind::kInternal;
  std::string message;
};

std::string_view ToString(ErrorKind kind);

// sysexits.h code of a program that ends with this error: 65, 69, 70 or 77 (invalid and
// not_found are bad input: 65; denied: 77; unavailable: 69; conflict and internal: 70).
int ExitCode(ErrorKind kind);

// 400, 403, 404, 409, 503 or 500.
int HttpStatus(ErrorKind kind);

// A value or an Error. Member names follow std::expected (C++23). Reading the wrong side asserts.
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}      // NOLINT: implicit
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT: implicit

  bool has_value() const { return state_.index() == 0; }
  explicit operator bool() const { return has_value(); }

  T& value() & { return assert(has_value()), std::get<0>(state_); }
  const T& value() const& { return assert(has_value()), std::get<0>(state_); }
  T&& value() && { return assert(has_value()), std::get<0>(std::move(state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  const Error& error() const& { return assert(!has_value()), std::get<1>(state_); }
  Error&& error() && { return assert(!has_value()), std::get<1>(std::move(state_)); }

 private:
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : failed_(true), error_(std::move(error)) {}  // NOLINT: implicit

  bool has_value() const { return !failed_; }
  explicit operator bool() const { return has_value(); }
  const Error& error() const& { return assert(failed_), error_; }
  Error&& error() && { return assert(failed_), std::move(error_); }

 private:
  bool failed_ = false;
  Error error_;
};

inline Error Invalid(std::string message) { return {ErrorKind::kInvalid, std::move(message)}; }
inline Error Denied(std::string message) { return {ErrorKind::kDenied, std::move(message)}; }
inline Error NotFound(std::string message) { return {ErrorKind::kNotFound, std::move(message)}; }
inline Error Conflict(std::string message) { return {ErrorKind::kConflict, std::move(message)}; }
inline Error Unavailable(std::string message) {
  return {ErrorKind::kUnavailable, std::move(message)};
}
inline Error Internal(std::string message) { return {ErrorKind::kInternal, std::move(message)}; }

}  // namespace vdiwatch

#define VDIWATCH_CONCAT_(a, b) a##b
#define VDIWATCH_CONCAT(a, b) VDIWATCH_CONCAT_(a, b)

// ASSIGN_OR_RETURN(auto x, F()); hands F's error to the caller, or binds its value to x.
#define ASSIGN_OR_RETURN(declaration, expression)                 \
  auto VDIWATCH_CONCAT(result_, __LINE__) = (expression);         \
  if (!VDIWATCH_CONCAT(result_, __LINE__))                        \
    return std::move(VDIWATCH_CONCAT(result_, __LINE__)).error(); \
  declaration = std::move(VDIWATCH_CONCAT(result_, __LINE__)).value()

// RETURN_IF_ERROR(F()); hands F's error to the caller.
#define RETURN_IF_ERROR(expression) \
  if (auto result_ = (expression); !result_) return std::move(result_).error()
