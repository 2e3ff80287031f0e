#include "base/result.h"

#include <gtest/gtest.h>

#include <memory>

namespace vdiwatch {
namespace {

Result<int> Half(int number) {
  if (number % 2 != 0) return Invalid("it is odd");
  return number / 2;
}

Result<int> Quarter(int number) {
  ASSIGN_OR_RETURN(int half, Half(number));
  ASSIGN_OR_RETURN(int quarter, Half(half));
  return quarter;
}

Result<void> MustBeEven(int number) {
  RETURN_IF_ERROR(Half(number));
  return {};
}

TEST(Result, HandsValuesOn) {
  EXPECT_EQ(*Quarter(12), 3);
  EXPECT_TRUE(MustBeEven(4));
}

TEST(Result, HandsErrorsOn) {
  EXPECT_EQ(Quarter(6).error().message, "it is odd");
  EXPECT_EQ(MustBeEven(3).error().kind, ErrorKind::kInvalid);
}

TEST(Result, CarriesWhatCannotBeCopied) {
  Result<std::unique_ptr<int>> made(std::make_unique<int>(7));
  std::unique_ptr<int> taken = std::move(made).value();
  EXPECT_EQ(*taken, 7);
}

TEST(Result, EachKindHasItsCodes) {
  EXPECT_EQ(ExitCode(ErrorKind::kInvalid), 65);
  EXPECT_EQ(ExitCode(ErrorKind::kUnavailable), 69);
  EXPECT_EQ(ExitCode(ErrorKind::kInternal), 70);
  EXPECT_EQ(HttpStatus(ErrorKind::kDenied), 403);
  EXPECT_EQ(HttpStatus(ErrorKind::kConflict), 409);
  EXPECT_EQ(HttpStatus(ErrorKind::kUnavailable), 503);
}

}  // namespace
}  // namespace vdiwatch
