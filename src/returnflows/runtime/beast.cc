// The compiled half of Boost.Beast's parsers.
#include <boost/beast/src.hpp>
