// The compiled half of Boost.Asio: every other file only sees declarations.
#include <boost/asio/impl/src.hpp>
