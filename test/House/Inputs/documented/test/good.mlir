bad.good
// --hair-splitting-not-this-one
